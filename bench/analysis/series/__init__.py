"""Comparisons one after another: releases, commits, records, bisections."""
