using System.Reflection;

using JamBox.Backend.Tests.Firmware;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Mqtt;
using JamBox.Backend.Tests.Telemetry;

namespace JamBox.Backend.Tests.Faults;

/// <summary>
/// The faults of the old systems of things, by name, and the tests that each would make red. Most of those stand with what they test; here
/// is the list, so that none is lost, and what belongs nowhere else.
/// </summary>
[Collection(SqliteCollection.Name)]
public sealed class FleetFaultTests(SqliteBackend host)
{
    public static TheoryData<string, Type, string> Faults => new()
    {
        { "random numbers served as history", typeof(HistoryTests), nameof(HistoryTests.HistoryIsWhatWasSentAndNoRandomNumbers) },
        { "rejection switched off in the rate limiter", typeof(TelemetryLimitTests), nameof(TelemetryLimitTests.RejectionIsSwitchedOn) },
        {
            "X-Forwarded-For believed from anyone", typeof(ForwardedAddressTests),
            nameof(ForwardedAddressTests.XForwardedForIsNotBelievedFromAnyone)
        },
        { "debug endpoints without sign-in", typeof(FleetFaultTests), nameof(NoDebugEndpointIsThere) },
        {
            "debug endpoints without sign-in", typeof(StrangerTests),
            nameof(StrangerTests.WhateverAStrangerAsksNothingIsWrittenNotEvenIntoTheLog)
        },
        { "token in query logged", typeof(TelemetryCallTests), nameof(TelemetryCallTests.TokenInQueryIsNeverLogged) },
        {
            "MQTT over TLS without certificate check", typeof(BrokerConnectionTests),
            nameof(BrokerConnectionTests.ACertificateThatNobodyVouchesForIsRefused)
        },
        {
            "MQTT over TLS without certificate check", typeof(BrokerConnectionTests),
            nameof(BrokerConnectionTests.ACertificateOfAnotherHostIsRefused)
        },
        {
            "dev/prod topics crossed by a stale session", typeof(OutsideBrokerTests),
            nameof(OutsideBrokerTests.AVersionIsOfferedInItsEnvironmentOnly)
        },
        {
            "session-less progress credited to the wrong update", typeof(OutsideBrokerTests),
            nameof(OutsideBrokerTests.ProgressIsCreditedToTheOpenUpdateOfItsEnvironmentOnly)
        },
        {
            "session-less progress credited to the wrong update", typeof(UpdateSessionTests),
            nameof(UpdateSessionTests.AWordIsCreditedToNobodyElse)
        },
        { "stuck sessions for ever", typeof(UpdateSessionTests), nameof(UpdateSessionTests.NoUpdateIsOpenForEver) },
        {
            "duplicates by stacked listeners", typeof(OutsideBrokerTests),
            nameof(OutsideBrokerTests.ABrokerThatIsStoppedAndStartedLosesNothingAndNothingComesTwice)
        },
        { "duplicates by stacked listeners", typeof(ListenerTests), nameof(ListenerTests.EveryListenerHearsEveryMessageOnce) },
    };

    /// <summary>The test is there and runs: it is a fact or theory, is not skipped, and is in a class that runs.</summary>
    [Theory]
    [MemberData(nameof(Faults))]
    public void ATestNamesTheFault(string fault, Type tests, string test)
    {
        FactAttribute fact = tests.GetMethod(test)!.GetCustomAttribute<FactAttribute>()!;
        Assert.True(fact is { Skip: null }, fault);
        Assert.True(
            !tests.IsAbstract || typeof(FleetFaultTests).Assembly.GetTypes().Any(type => type.IsSubclassOf(tests) && !type.IsAbstract),
            fault);
    }

    /// <summary>What the old servers answered to anybody: nothing of it is there, with any method.</summary>
    [Theory]
    [InlineData("/debug")]
    [InlineData("/api/debug")]
    [InlineData("/api/debug/devices")]
    [InlineData("/api/debug/mqtt")]
    [InlineData("/debug/pprof/")]
    [InlineData("/api/test")]
    [InlineData("/test/ota")]
    [InlineData("/env")]
    [InlineData("/.env")]
    [InlineData("/swagger")]
    public async Task NoDebugEndpointIsThere(string path)
    {
        foreach (HttpMethod method in new[] { HttpMethod.Get, HttpMethod.Post })
        {
            using HttpRequestMessage request = new(method, path);
            using HttpResponseMessage answer = await host.Http.SendAsync(request);
            Assert.True((int)answer.StatusCode is 401 or 403 or 404 or 405, $"{method} {path}: {(int)answer.StatusCode}");
        }
    }
}
