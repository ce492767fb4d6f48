"""The use cases of a payment. One file each; `service.py` reads as the table of contents."""
