"""The use cases of merchants: who they are (register.py), and who is asking (authenticate.py)."""
