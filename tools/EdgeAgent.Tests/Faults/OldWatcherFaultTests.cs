using System.IO.Compression;
using System.Reflection;
using System.Text;

using JamBox.Edge.Engine;
using JamBox.Edge.Tests.ArduinoOta;
using JamBox.Edge.Tests.Engine;

namespace JamBox.Edge.Tests.Faults;

/// <summary>
/// The faults of the old watchers and of what they used to push images, by name, and the tests that each would make red. Most of those
/// stand with what they test; here is the list, so that none is lost, and what belongs nowhere else. (Secrets in <c>.env</c> in the package
/// are the packer's: <c>PackTests</c>.)
/// </summary>
public sealed class OldWatcherFaultTests
{
    public static TheoryData<string, Type, string> Faults => new()
    {
        {
            "extractall over the running system, path traversal", typeof(OldWatcherFaultTests),
            nameof(A_package_that_leads_out_of_its_folder_is_not_unpacked)
        },
        {
            "extractall over the running system", typeof(KillEnumerationTests),
            nameof(KillEnumerationTests.Killed_at_any_step_it_ends_right)
        },
        { "\"exit −15 means success\"", typeof(DeployerTests), nameof(DeployerTests.To_be_ended_by_a_signal_is_no_success) },
        {
            "pending marker reported completed without looking", typeof(AgentUpdateTests),
            nameof(AgentUpdateTests.One_that_never_comes_up_is_put_back_after_three_starts_and_not_tried_again)
        },
        {
            "lock file in /tmp with a recycled pid", typeof(DeployerTests),
            nameof(DeployerTests.One_agent_works_in_a_folder_and_its_lock_ends_with_it)
        },
        {
            "hard 8 s wait for OTA mode", typeof(OtaPushTests),
            nameof(OtaPushTests.A_module_that_starts_just_now_is_served_as_soon_as_it_listens)
        },
        {
            "upload address guessed through a foreign host", typeof(OtaPushTests),
            nameof(OtaPushTests.The_module_is_told_the_address_of_the_gateway_that_it_sees)
        },
        {
            "retained notice applied again after a clean install", typeof(DeployerTests),
            nameof(DeployerTests.Without_its_journal_an_agent_knows_from_the_link_what_runs)
        },
    };

    /// <summary>The test is there and runs: it is a fact or theory, and is not skipped.</summary>
    [Theory]
    [MemberData(nameof(Faults))]
    public void A_test_names_the_fault(string fault, Type tests, string test)
    {
        FactAttribute? fact = tests.GetMethod(test)?.GetCustomAttribute<FactAttribute>();
        Assert.True(fact is { Skip: null }, fault);
    }

    [Theory]
    [InlineData("../../system/app.txt")]
    [InlineData("/etc/cron.d/app")]
    [InlineData("app\\..\\..\\..\\current\\app.txt")]
    public async Task A_package_that_leads_out_of_its_folder_is_not_unpacked(string path)
    {
        TestPackage running = TestPackage.Make("1.0.0");
        using MemoryStream zip = new();
        using (ZipArchive archive = new(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, string text) in new[] { ("deploy.sh", "#!/bin/sh\n"), (path, "owned") })
            {
                using Stream entry = archive.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        var hostile = TestPackage.Of("hostile", "6.6.6", zip.ToArray());
        using Gateway gateway = new();
        gateway.Server.Add(running, hostile);
        gateway.Options = gateway.Options with { AllowUnsigned = true };
        await gateway.RunAsync(running.Notice(1));
        await gateway.RunAsync(hostile.Notice(2));
        StatusReport last = gateway.Reports.All[^1];
        Assert.Equal(DeploymentStatus.Failed, last.Status);
        Assert.StartsWith("The package cannot be applied: ", last.Error, StringComparison.Ordinal);
        gateway.AssertApplied(path, running);
        Assert.False(File.Exists("/etc/cron.d/app"));
    }
}
