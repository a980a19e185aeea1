"""The audit log: who did what to whom, only ever added to."""
