using System.CommandLine;
using System.Globalization;
using JamBox.ChipTwin;

Option<FileInfo?> flashOption = new("--flash")
{
    Description = "File with the content of the flash; read at the start when it is there, written at the end",
};
Option<string> macOption = new("--mac") { Description = "MAC address, 12 hex digits", DefaultValueFactory = _ => "f412fa000001" };
Option<bool> uartOption = new("--uart") { Description = "A board with a USB chip beside it; else the port is the chip's own" };
Option<bool> keepOption = new("--keep") { Description = "Goes on when its input ends; else that ends it" };
RootCommand root = new(
    "A simulated ESP32-S3 behind a pseudo-terminal. Prints the name of the port, then what the chip sends as text. "
    + "It starts in its loader; 'reset' on its input starts what is in its flash, 'loader' the loader again, 'say TEXT' "
    + "has its firmware print a line, 'quit' ends it.")
{
    flashOption, macOption, uartOption, keepOption,
};
root.SetAction((result, stop) => RunAsync(
    result.GetValue(flashOption), result.GetValue(macOption)!, result.GetValue(uartOption), result.GetValue(keepOption), stop));
return await root.Parse(args).InvokeAsync().ConfigureAwait(false);

static async Task<int> RunAsync(FileInfo? file, string mac, bool isUart, bool isKept, CancellationToken stop)
{
    if (mac.Length != 12 || !ulong.TryParse(mac, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong address))
    {
        Console.Error.WriteLine("--mac must be 12 hex digits, such as f412fa000001");
        return 2;
    }

    if (OperatingSystem.IsWindows())
    {
        Console.Error.WriteLine("a simulated chip has a port on Linux and macOS only");
        return 2;
    }

    SimulatedChip chip = new(new ChipOptions { Mac = address, IsNativeUsb = !isUart, StartsInLoader = true });
    if (file is { Exists: true })
    {
        byte[] bytes = File.ReadAllBytes(file.FullName);
        if (bytes.Length != chip.Flash.Length)
        {
            Console.Error.WriteLine($"{file} has {bytes.Length} bytes; the flash of the chip has {chip.Flash.Length}");
            return 2;
        }

        chip.Flash.Write(0, bytes);
    }

    using (ChipPort port = new(chip, new BootLog(Console.Out).Take))
    {
        Console.Out.WriteLine(port.Path);
        port.Start();
        await ObeyAsync(port, isKept, stop).ConfigureAwait(false);
    }

    if (file is not null)
    {
        File.WriteAllBytes(file.FullName, chip.Flash.Read(0, chip.Flash.Length));
    }

    return 0;
}

static async Task ObeyAsync(ChipPort port, bool isKept, CancellationToken stop)
{
    try
    {
        // The console's own wait for a line cannot be cancelled.
        while (await Task.Run(Console.In.ReadLine, stop).WaitAsync(stop).ConfigureAwait(false) is { } line && line != "quit")
        {
            if (line is "reset" or "loader")
            {
                port.Reset(isIntoLoader: line == "loader");
            }
            else if (line.StartsWith("say ", StringComparison.Ordinal))
            {
                port.Say(line[4..]);
            }
        }

        if (isKept)
        {
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
        }
    }
    catch (OperationCanceledException)
    {
        // Ctrl-C is how it ends.
    }
}
