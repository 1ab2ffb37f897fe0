using System.Text;
using System.Text.Json;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.Tests.Hosting;
using JamBox.Ota.Nvs;

namespace JamBox.Bench.Tests.Boxes;

/// <summary>A bench with simulated boxes and a real backend that makes identities.</summary>
public abstract class BoxTest : IAsyncLifetime
{
    protected const string HostOfBoxes = "boxes.jambox.test";

    private const int IdentityOffset = 0x694000;
    private const int SettingsOffset = 0x9000;
    private const int NvsLength = 0x6000;

    internal TestBackend Backend { get; private set; } = null!;

    internal TestTerminal Terminal { get; private set; } = null!;

    protected string Folder { get; } = Directory.CreateTempSubdirectory("jambox-boxes-").FullName;

    /// <summary>The bench's log.</summary>
    protected string Log => File.ReadAllText(Path.Combine(Folder, "provisioning.log"));

    public async Task InitializeAsync()
    {
        Backend = await TestBackend.StartAsync($"--Manufacturing:Host={HostOfBoxes}", "--Manufacturing:Port=5000");
        Terminal = Backend.Terminal();
        Terminal.Environment["JAMBOX_BENCH"] = Folder;
    }

    public async Task DisposeAsync()
    {
        await Backend.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    protected string FileOf(string name) => Path.Combine(Folder, name);

    /// <summary>Runs a command line that must succeed.</summary>
    /// <returns>What it wrote.</returns>
    protected async Task<string> RunAsync(params string[] args)
    {
        Terminal.Clear();
        int code = await Terminal.RunAsync(args);
        Assert.True(code == 0, $"exit code {code}: {Terminal.Output}{Terminal.Error}");
        return Terminal.Output;
    }

    /// <summary>Runs a command line that must fail with one line.</summary>
    protected async Task FailsAsync(int code, string named, params string[] args)
    {
        Terminal.Clear();
        int got = await Terminal.RunAsync(args);
        Assert.True(code == got, $"exit code {got}: {Terminal.Output}{Terminal.Error}");
        Assert.Contains(named, Terminal.Error, StringComparison.Ordinal);
        Assert.Single(
            Terminal.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            static line => !line.StartsWith("jambox: note", StringComparison.Ordinal));
    }

    /// <summary>Registers a box.</summary>
    /// <returns>Its id.</returns>
    protected async Task<string> RegisterAsync() =>
        JsonElement.Parse(await RunAsync("box", "register", "--json")).GetProperty("device_id").GetString()!;

    /// <summary>A box as manufacturing has it.</summary>
    protected async Task<JsonElement> MadeAsync(string id)
    {
        string text = await Backend.Admin.GetStringAsync(new Uri($"/api/manufacturing/devices/{id}", UriKind.Relative));
        return JsonElement.Parse(text).GetProperty("device");
    }

    /// <summary>The identity in a simulated box.</summary>
    internal static NvsImage IdentityIn(TwinLine box) => NvsIn(box, IdentityOffset);

    /// <summary>The settings in a simulated box.</summary>
    internal static NvsImage SettingsIn(TwinLine box) => NvsIn(box, SettingsOffset);

    /// <summary>The token in a simulated box.</summary>
    internal static string TokenIn(TwinLine box) => IdentityIn(box).Find(IdentityImage.Namespace, "token")!.Text;

    /// <summary>Everything that a bench has shown or kept, but for the flash of simulated boxes.</summary>
    protected string EverythingWritten()
    {
        StringBuilder all = new(Terminal.Output + Terminal.Error);
        foreach (string file in Directory.GetFiles(Folder).Where(static file => !file.EndsWith(".flash", StringComparison.Ordinal)))
        {
            all.Append(Encoding.Latin1.GetString(File.ReadAllBytes(file)));
        }

        return all.ToString();
    }

    private static NvsImage NvsIn(TwinLine box, int offset) =>
        NvsImage.Parse(box.Look(chip => chip.Flash.Read(offset, NvsLength).ToArray()));
}
