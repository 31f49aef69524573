console.error("Say what to do: groundskeeper-client doctor | install");
Deno.exit(2);
