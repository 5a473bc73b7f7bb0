"""The tables, a module a subject. Import them from models.py."""
