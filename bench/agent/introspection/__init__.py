"""What an app that runs is made of: its routes, and the middleware and dependencies on the way to each.

All of it is read from objects that somebody else wrote: an attribute may be missing, lie, or raise.
"""
