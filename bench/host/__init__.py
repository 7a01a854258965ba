"""This machine: its fingerprint, its cores, its noise, and whether it is fit to measure."""
