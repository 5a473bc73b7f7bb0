"""The ETL as Prefect runs it: for those who have Prefect. Nothing else imports this, and nothing needs it."""
