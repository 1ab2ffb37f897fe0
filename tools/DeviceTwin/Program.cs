using JamBox.Twin.Run;

return await CommandLineInterface.InvokeAsync(args).ConfigureAwait(false);
