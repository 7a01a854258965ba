"""What a run says: the figures of each case, what each layer adds, and what may not be believed."""
