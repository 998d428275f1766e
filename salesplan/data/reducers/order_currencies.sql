-- Currencies of the orders, most lines first.
SELECT currency, count(*) AS lines
FROM counted_line
WHERE currency IS NOT NULL
GROUP BY ALL
ORDER BY lines DESC, currency
