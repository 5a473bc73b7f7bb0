"""Small pure functions that know nothing of fuel, need the standard library alone and have two callers."""
