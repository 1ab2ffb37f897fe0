using JamBox.Bench.CommandLine;

return await CommandLineInterface.InvokeAsync(args, BenchTerminal.Real()).ConfigureAwait(false);
