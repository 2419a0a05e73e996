select 'Hello, ' || 'world' as greeting;
