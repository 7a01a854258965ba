"""How long steps of the event loop take, and where a process stands."""
