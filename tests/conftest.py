"""Its place makes the modules beside it (toy worlds) importable from every test folder."""
