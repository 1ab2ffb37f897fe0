using JamBox.Edge.CommandLine;

return await CommandLineInterface.InvokeAsync(args, AgentTerminal.Real()).ConfigureAwait(false);
