using BenchmarkDotNet.Running;
using JamBox.Benchmarks;

// dotnet run -c Release --project tools/Benchmarks -- --filter '*'
// dotnet run -c Release --project tools/Benchmarks -- large-patch L
if (args is [LargePatch.Name, string profile])
{
    LargePatch.Run(profile);
    return 0;
}

// dotnet run -c Release --project tools/Benchmarks -- patches OLD.bin NEW.bin
if (args is ["patches", ..])
{
    return PatchTable.Print(args[1..]);
}

// dotnet run -c Release --project tools/Benchmarks -- modules 20 1024 1883
if (args is [ModuleBenchmark.Name, ..])
{
    return await ModuleBenchmark.RunAsync(args[1..]);
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
