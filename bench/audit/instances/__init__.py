"""One valid instance of a JSON schema, the same each time, as small as it can be.

No kept library does this: hypothesis-jsonschema is a strategy for Hypothesis, searches at random, knows no recursion
and had its last release in 2024; schemathesis brings pytest, a client and a server with it to fuzz anew at every run;
polyfactory makes models, which only the app's own environment can import; jsf is random too.
"""
