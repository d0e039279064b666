"""Whether what models read and say is still what it was when they were trained."""
