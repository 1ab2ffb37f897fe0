using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace JamBox.Demo;

/// <summary>A backend on this machine alone, with a database of its own.</summary>
internal sealed class LocalBackend : IDisposable
{
    /// <summary>The name of its assembly.</summary>
    public const string Assembly = "jambox-backend";

    private const int KeyBytes = 16;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    private readonly ChildProcess _process;

    private LocalBackend(Uri address, string adminKey, ChildProcess process)
    {
        Address = address;
        AdminKey = adminKey;
        _process = process;
    }

    /// <summary>Where it is, with a slash at its end.</summary>
    public Uri Address { get; }

    /// <summary>The key of its administrator: made for this time.</summary>
    public string AdminKey { get; }

    /// <summary>Starts one.</summary>
    /// <param name="program">The program, without arguments of its own.</param>
    /// <param name="folder">Where its database is to lie.</param>
    /// <param name="log">A file for what it says; null = none.</param>
    /// <param name="settings">More of its settings, <c>--Section:Name=value</c>.</param>
    /// <returns>It, starting: <see cref="WaitAsync"/> waits for it.</returns>
    /// <exception cref="DemoException">It cannot be started.</exception>
    public static LocalBackend Start(ProcessStartInfo program, string folder, string? log, params IEnumerable<string> settings)
    {
        string adminKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes));
        Uri address = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{LoopbackPort.Pick()}/"));
        foreach (string argument in (string[])
            [$"--Urls={address}", $"--Storage:Path={Path.Combine(folder, "jambox.db")}", $"--People:Address={address}", .. settings])
        {
            program.ArgumentList.Add(argument);
        }

        // On the command line everybody on this machine could read it.
        program.Environment["Admin__Key"] = adminKey;
        return new LocalBackend(address, adminKey, ChildProcess.Start(Assembly, program, endsWithInput: false, log));
    }

    /// <summary>Waits until it answers.</summary>
    /// <param name="pause">Waits for so long.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="DemoException">It ended, or does not answer within two minutes.</exception>
    public async Task WaitAsync(Func<TimeSpan, CancellationToken, Task> pause, CancellationToken stop)
    {
        using HttpClient http = new() { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(10) };
        for (TimeSpan waited = TimeSpan.Zero; waited < s_patience; waited += s_look)
        {
            Check();
            try
            {
                using HttpResponseMessage answer = await http.GetAsync(new Uri("health", UriKind.Relative), stop).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception fault)
                when (fault is HttpRequestException || (fault is OperationCanceledException && !stop.IsCancellationRequested))
            {
                // It starts.
            }

            await pause(s_look, stop).ConfigureAwait(false);
        }

        throw new DemoException($"the backend does not answer after {s_patience.TotalMinutes:0} minutes");
    }

    /// <summary>Looks whether it runs yet.</summary>
    /// <exception cref="DemoException">It has ended; what it said is said.</exception>
    public void Check() => _process.Check();

    /// <summary>Tells it to end, and does not wait for it.</summary>
    public void End() => _process.End();

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();
}
