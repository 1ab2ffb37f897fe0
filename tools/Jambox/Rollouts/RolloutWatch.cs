using System.Text.Json;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;

namespace JamBox.Bench.Rollouts;

/// <summary>
/// Watches a roll-out to its end. It asks every few seconds: boxes need minutes for a step, and a question costs the server little.
/// </summary>
/// <param name="terminal">The world around.</param>
/// <param name="client">The server.</param>
/// <param name="id">The roll-out.</param>
/// <param name="isJson">Whether changes are written as JSON.</param>
internal sealed class RolloutWatch(BenchTerminal terminal, BackendClient client, long id, bool isJson)
{
    /// <summary>The server may be restarted meanwhile; after five minutes somebody should know.</summary>
    private const int MaxMisses = 150;

    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(2);

    private readonly LiveView _view = new(terminal);
    private readonly Dictionary<string, string> _told = [];
    private int _misses;

    /// <summary>Watches.</summary>
    /// <param name="stop">Ends it.</param>
    /// <returns>The exit code: done, aborted or stopped.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        RolloutRow row = isJson
            ? await WatchAsync(stop).ConfigureAwait(false)
            : await _view.RunAsync(() => WatchAsync(stop)).ConfigureAwait(false);
        if (!isJson)
        {
            foreach (string rule in RolloutText.Rules(row))
            {
                terminal.Line(rule);
            }
        }

        return row.State switch
        {
            "aborted" => ExitCode.Aborted,
            "stopped" when row.Cause == "canaries" => ExitCode.CanariesFailed,
            "stopped" => ExitCode.Stopped,
            _ => ExitCode.Done,
        };
    }

    private async Task<RolloutRow> WatchAsync(CancellationToken stop)
    {
        while (true)
        {
            if (await LookAsync(stop).ConfigureAwait(false) is { IsEnded: true } ended)
            {
                return ended;
            }

            await terminal.Pause(s_lookAgain, stop).ConfigureAwait(false);
        }
    }

    private async Task<RolloutRow?> LookAsync(CancellationToken stop)
    {
        try
        {
            RolloutRow row = await client.GetAsync<RolloutRow>(BackendClient.Path($"api/ota/rollouts/{id}"), stop).ConfigureAwait(false);
            List<BoxRow> boxes = await client.ListAsync<BoxRow>(
                BackendClient.Path($"api/ota/rollouts/{id}/devices"), stop).ConfigureAwait(false);
            _misses = 0;
            Tell(row, boxes);
            return row;
        }
        catch (UnreachableException e) when (++_misses < MaxMisses)
        {
            if (_misses == 1)
            {
                terminal.Warn($"{e.Message} - trying again");
            }

            return null;
        }
    }

    private void Tell(RolloutRow row, List<BoxRow> boxes)
    {
        if (!isJson)
        {
            // A box whose turn has not come is no news.
            IEnumerable<(string About, string Line)> lines = boxes.Where(static box => box.Stage is not null).Select(
                static box => (box.DeviceId, RolloutText.Line(box)));
            _view.Show(() => RolloutDrawing.Of(row, boxes, _view.Rows, _view.IsUnicode), [.. lines, (string.Empty, RolloutText.Line(row))]);
            return;
        }

        foreach (BoxRow box in boxes)
        {
            TellJson(box.DeviceId, RolloutText.Object(box));
        }

        TellJson(string.Empty, RolloutText.Object(row));
    }

    private void TellJson(string about, object what)
    {
        string text = JsonSerializer.Serialize(what);
        if (_told.GetValueOrDefault(about) != text)
        {
            _told[about] = text;
            terminal.Json(what);
        }
    }
}
