using BenchmarkDotNet.Running;

using JamBox.Benchmarks;

// dotnet run -c Release --project tools/Benchmarks -- --filter '*'
// dotnet run -c Release --project tools/Benchmarks -- patches OLD.bin NEW.bin
if (args is ["patches", ..])
{
    return PatchTable.Print(args[1..]);
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
