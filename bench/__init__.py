"""What the application costs, measured against what the same machine can do at best. Run `python -m bench`."""
