using JamBox.Tests.Uplink;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>
/// The whole table of <see cref="FairShareTests"/>: each task alone is served by a backend that answers everything else with trouble, for a
/// day.
/// </summary>
public sealed class FairShareHostTests
{
    private const int Hours = 24;

    [Theory]
    [CombinatorialRows]
    public void What_is_served_is_done(string served, int status)
    {
        Assert.True(
            FairShareTests.IsServed(served, status, Hours),
            $"{served} starves while everything else is answered {(status == 0 ? "nothing" : status)}");
    }

    private sealed class CombinatorialRowsAttribute : Xunit.Sdk.DataAttribute
    {
        private static readonly string[] s_served =
            [FairShareTests.Heartbeat, FairShareTests.Configuration, FairShareTests.Reading, FairShareTests.Geolocation,
                FairShareTests.Update];

        private static readonly int[] s_statuses = [500, 503, 401, 403, 404, 408, 429, 400, 409, 301, 0];

        public override System.Collections.Generic.IEnumerable<object[]> GetData(System.Reflection.MethodInfo testMethod)
        {
            foreach (string served in s_served)
            {
                foreach (int status in s_statuses)
                {
                    yield return [served, status];
                }
            }
        }
    }
}
