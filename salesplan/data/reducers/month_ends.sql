-- First and last day with orders in each month, and how many lines they have.
SELECT
    date_trunc('month', order_date)::DATE AS month,
    min(order_date) AS first_order_date,
    max(order_date) AS last_order_date,
    count(*) AS lines
FROM counted_line
WHERE ($as_of::DATE IS NULL OR order_date <= $as_of::DATE)
  AND ($currency::VARCHAR IS NULL OR coalesce(currency, $currency::VARCHAR) = $currency::VARCHAR)
GROUP BY ALL
ORDER BY ALL
