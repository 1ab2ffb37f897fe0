using JamBox.Edge.Tests.Time;

namespace JamBox.Edge.Tests.Engine;

/// <summary>The environment is the whole process's: nothing else runs while a test has changed it.</summary>
[Collection(ManualTime.Alone)]
public sealed class ScriptEnvironmentTests : IDisposable
{
    private const string Variable = "JAMBOX_EDGE_Token";
    private const string Secret = "secret-of-the-gateway";

    public ScriptEnvironmentTests() => Environment.SetEnvironmentVariable(Variable, Secret);

    public void Dispose() => Environment.SetEnvironmentVariable(Variable, null);

    [Fact]
    public async Task Secrets_of_the_agent_are_not_handed_to_scripts()
    {
        using Gateway gateway = new();
        TestPackage curious = TestPackage.Make("8.0.0", deploy: "env > \"$JAMBOX_FOLDER/../system/env\"");
        gateway.Server.Add(curious);
        await gateway.RunAsync(curious.Notice(1));

        string seen = await File.ReadAllTextAsync(Path.Combine(gateway.System, "env"));
        Assert.Contains("JAMBOX_VERSION=8.0.0", seen);
        Assert.DoesNotContain(Secret, seen);
    }
}
