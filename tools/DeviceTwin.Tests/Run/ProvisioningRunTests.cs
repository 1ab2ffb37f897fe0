using JamBox.App;
using JamBox.Provisioning;
using JamBox.Twin.Faults;
using JamBox.Twin.Modem;
using JamBox.Twin.Run;

namespace JamBox.Twin.Tests.Run;

/// <summary>The provisioning firmware on the simulated modem.</summary>
public sealed class ProvisioningRunTests
{
    [Fact]
    public void AFactoryFreshBoxIsProvisioned()
    {
        var serial = new StringWriter();
        var run = new ProvisioningRun(1, null, null, null, serial);
        Assert.Equal(ProvisioningResult.Success, run.Run(CancellationToken.None));
        Assert.True(run.IsFlagSet);
        Assert.Contains("PROVISIONING SUCCESS", serial.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SIM_NOT_READY")]
    [InlineData("REGISTRATION_DENIED")]
    public void AFailureIsNamed(string name)
    {
        var serial = new StringWriter();
        ModemOptions options = name == "SIM_NOT_READY" ? new() { Sim = SimState.MissingAsText } : new()
        {
            Registration = RegistrationOutcome.Denied,
        };
        var run = new ProvisioningRun(1, null, options, null, serial);
        Assert.NotEqual(ProvisioningResult.Success, run.Run(CancellationToken.None));
        Assert.False(run.IsFlagSet);
        Assert.Contains("PROVISIONING FAILED: " + name, serial.ToString(), StringComparison.Ordinal);
    }

    /// <summary>
    /// With trouble as often as it goes it ends one way or the other, and the flag says which; the same seed ends the same way.
    /// </summary>
    [Fact]
    public void TroubleEndsInAResult()
    {
        FaultProfile faults = FaultProfile.Parse(
            "f", ["modem.command_fails = 700", "modem.restart = 300", "modem.garbage = 700", "network.lost = 700", "power.lost = 700", "power.lost_in_flash = 1440"]);
        var results = new HashSet<ProvisioningResult>();
        for (long seed = 1; seed <= 40; seed++)
        {
            var run = new ProvisioningRun(seed, faults, null, null, TextWriter.Null);
            ProvisioningResult result = run.Run(CancellationToken.None);
            Assert.NotEqual(ProvisioningResult.None, result);
            Assert.True(result == ProvisioningResult.Success == run.IsFlagSet, $"seed {seed}: {result}");
            Assert.Equal(result, new ProvisioningRun(seed, faults, null, null, TextWriter.Null).Run(CancellationToken.None));
            results.Add(result);
        }

        Assert.True(results.Count > 1);
    }
}
