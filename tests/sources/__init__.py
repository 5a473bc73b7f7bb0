"""Sources, each against files of our own and the real snapshots."""
