"""What two stacks say side by side: verdicts, blocks, self-tests."""
