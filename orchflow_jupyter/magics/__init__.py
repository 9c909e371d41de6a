"""`%orchflow`: terminals by line magic."""
