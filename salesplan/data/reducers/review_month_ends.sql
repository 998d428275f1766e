-- First and last day with orders in each month, and how many lines they have.
SELECT month::TIMESTAMP AS month, min(date)::TIMESTAMP AS first_order_date, max(date)::TIMESTAMP AS last_order_date, count(*) AS lines
FROM review_line
GROUP BY ALL
ORDER BY ALL
