using JamBox.BackendBenchmark;
using JamBox.BackendBenchmark.Mqtt;

// docs/operations.md, "Speed", says how it is used. Exit code 1: a target is missed; 2: a bad option.
Options options;
try
{
    options = Options.Parse(args);
}
catch (ArgumentException e)
{
    Console.Error.WriteLine("benchmark: " + e.Message);
    return 2;
}

if (options.Fill is not null)
{
    if (options.FigureYears == 0)
    {
        Console.Error.WriteLine("benchmark: --fill needs --figure-years 1…5");
        return 2;
    }

    try
    {
        await FigureWorld.KeepAsync(options);
        return 0;
    }
    catch (ArgumentException e)
    {
        Console.Error.WriteLine("benchmark: " + e.Message);
        return 2;
    }
}

string folder = Directory.CreateTempSubdirectory("jambox-bench-").FullName;
#pragma warning disable CA1416 // Linux: its /proc is read as well.
// PostgreSQL's own user must get through.
File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
#pragma warning restore CA1416

Table table = new();
try
{
    Console.WriteLine(
        $"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {options.Connections} connections, "
        + $"{options.Devices} devices, {folder}");
    (double p50, double p99) = Disk.Fdatasync(folder);
    Console.WriteLine(FormattableString.Invariant($"fdatasync of 4 KB: p50 {p50:F3} ms, p99 {p99:F3} ms"));
    if (options.FigureYears > 0)
    {
        await Figures.RunAsync(options, Path.Combine(folder, "figures"), table);
        return table.IsGood ? 0 : 1;
    }

    if (options.IsMqtt || options.UsesBroker)
    {
        foreach (bool postgres in options.Storages)
        {
            MqttRun mqtt = new(options, postgres, Path.Combine(folder, "mqtt"), table);
            await (options.UsesBroker ? mqtt.BrokerAsync() : mqtt.RunAsync());
        }

        return table.IsGood ? 0 : 1;
    }

    if (options.Downloads > 0)
    {
        foreach (bool postgres in options.Storages)
        {
            await Downloads.RunAsync(options, postgres, Path.Combine(folder, "downloads"), table);
        }

        return table.IsGood ? 0 : 1;
    }

    if (options.Listeners > 0)
    {
        foreach (bool postgres in options.Storages)
        {
            await Listeners.RunAsync(options, postgres, Path.Combine(folder, "listeners"), table);
        }

        return table.IsGood ? 0 : 1;
    }

    if (options.IsMqttAuth)
    {
        foreach (bool postgres in options.Storages)
        {
            await Questions.RunAsync(options, postgres, Path.Combine(folder, "questions"), table);
        }

        return table.IsGood ? 0 : 1;
    }

    foreach (bool postgres in options.Storages)
    {
        foreach (bool closes in options.Modes)
        {
            await Comparison.RunAsync(options, postgres, closes, Path.Combine(folder, "load"), table);
        }

        if (options.Kills > 0)
        {
            (long acknowledged, long lost) = await Kills.RunAsync(
                options, postgres, options.Mode == "close", Path.Combine(folder, "kills"));
            table.Row(
                $"{options.Kills} kills in mid-run", $"{acknowledged} acknowledged, {lost} lost", "0 lost", lost == 0 && acknowledged > 0);
        }
    }

    if (options.SummaryRows > 0 && options.Storage != "postgres")
    {
        await Summaries.RunAsync(options, Path.Combine(folder, "summaries"), table);
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}

return table.IsGood ? 0 : 1;
