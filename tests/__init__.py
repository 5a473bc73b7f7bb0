"""The tests mirror the tree; TESTING.md says which kind is for what."""
