using System.Reflection;

using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestCaseOrderer("JamBox.Backend.Tests.Hosting.SkipWithoutPostgres", "Backend.Tests")]

namespace JamBox.Backend.Tests.Hosting;

/// <summary>
/// xUnit 2 knows reasons to skip per method only, and the PostgreSQL classes inherit theirs: so the orderer, which sees every test
/// before it runs, gives them the reason. They are then counted and shown as skipped, not passed over in silence.
/// </summary>
public sealed class SkipWithoutPostgres : ITestCaseOrderer
{
    private static readonly PropertyInfo s_reason = typeof(XunitTestCase).GetProperty(nameof(XunitTestCase.SkipReason))!;

    public IEnumerable<TTestCase> OrderTestCases<TTestCase>(IEnumerable<TTestCase> testCases)
        where TTestCase : ITestCase
    {
        TTestCase[] all = [.. testCases];
        if (PostgresServer.Missing is { } reason)
        {
            foreach (TTestCase test in all.Where(static test => test.TestMethod.TestClass.Class.Name.Contains(".Postgres", StringComparison.Ordinal)))
            {
                s_reason.SetValue(test, reason);
            }
        }

        return all;
    }
}
