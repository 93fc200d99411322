"""What is written down: tables, the ledger, result folders."""
