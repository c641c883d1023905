"""Programs for whoever changes Parlour: they write the parts of the documentation that come from the code."""
