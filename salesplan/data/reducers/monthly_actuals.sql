-- Sales by month, unit at the order date, seller and product line; nulls stay as their own group.
SELECT
    date_trunc('month', order_date)::DATE AS month,
    org_id,
    rep_id,
    product_line,
    sum(amount)::DOUBLE AS amount,
    count(DISTINCT order_id) AS orders,
    count(DISTINCT customer_id) AS customers
FROM counted_line
WHERE ($as_of::DATE IS NULL OR order_date <= $as_of::DATE)
  AND ($currency::VARCHAR IS NULL OR coalesce(currency, $currency::VARCHAR) = $currency::VARCHAR)
GROUP BY ALL
ORDER BY ALL
