using JamBox.Edge.Engine;

if (args is ["guard", "--folder", var folder])
{
    return GuardCommand.Run(folder, Console.Out);
}

Console.Error.WriteLine($"'{string.Join(' ', args)}' is no command of edge-agent.");
return 64;
