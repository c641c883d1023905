"""The bytes of files: arriving, stored, checked and shown. It knows neither who may have them, nor the database."""
