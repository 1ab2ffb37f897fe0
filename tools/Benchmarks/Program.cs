using BenchmarkDotNet.Running;
using JamBox.Benchmarks;

// dotnet run -c Release --project tools/Benchmarks -- --filter '*'
// dotnet run -c Release --project tools/Benchmarks -- large-patch L
if (args is [LargePatch.Name, string profile])
{
    LargePatch.Run(profile);
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
}
