"""What a service answers in its own shape when it can't do what it was asked."""

NOT_FOUND = {"error": "user_not_found", "message": "There is no such user"}
INVALID = {"error": "invalid", "problems": [{"field": "limit", "problem": "int_parsing"}]}
