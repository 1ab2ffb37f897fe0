using System.CommandLine;
using System.Globalization;

using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;
using JamBox.Edge.Link;
using JamBox.Edge.Service;

using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace JamBox.Edge.CommandLine;

/// <summary>Looks whether this gateway is fit for work, and says what to do about what is not. It changes nothing.</summary>
internal static class DoctorCommand
{
    private const long Mega = 1 << 20;

    /// <summary>A package of 2 GB, and the same unpacked, would not fit into less.</summary>
    private const long ComfortBytes = 5120 * Mega;

    private const long LeastBytes = 512 * Mega;

    private static readonly TimeSpan s_clockTolerance = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    public static Command Create(AgentTerminal terminal)
    {
        Option<string?> config = CommandLineInterface.ConfigOption();
        Option<bool> json = CommandLineInterface.JsonOption();
        Command command = new(
            "doctor", "Looks at configuration, server, token, clock, disk, broker, keys and service, and says what to do. Changes nothing.")
        {
            config, json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            List<Finding> findings = await RunAsync(terminal, AgentPaths.ConfigOf(terminal, parsed.GetValue(config)), stop)
                .ConfigureAwait(false);
            Finding.Tell(terminal, findings, parsed.GetValue(json));
            return findings.Exists(static finding => finding.State == FindingState.Bad) ? ExitCode.Refused : ExitCode.Done;
        });
        return command;
    }

    private static async Task<List<Finding>> RunAsync(AgentTerminal terminal, string file, CancellationToken stop)
    {
        List<Finding> findings = [];
        AgentSettings settings;
        try
        {
            settings = LiveSettings.Load(file, terminal.Environment);
            findings.Add(new Finding("configuration", FindingState.Good, $"{file} is right: {settings}"));
        }
        catch (SettingsException wrong)
        {
            findings.AddRange(wrong.Faults.Select(fault => new Finding(
                "configuration", FindingState.Bad, fault, AdviceFor(fault, file))));
            AddAgent(terminal, LiveSettings.FindFolder(file, terminal.Environment), findings);
            return findings;
        }

        await AskServerAsync(terminal, settings, findings, stop).ConfigureAwait(false);
        findings.Add(await AskBrokerAsync(settings, stop).ConfigureAwait(false));
        findings.Add(Keys(settings));
        findings.Add(Disk(settings));
        AddAgent(terminal, settings.Folder, findings);
        return findings;
    }

    private static void AddAgent(AgentTerminal terminal, string folder, List<Finding> findings)
    {
        LinkState? state = LinkState.Read(new DiskFiles(), folder);
        findings.Add(Service(terminal, state?.IsRunning(terminal.Time.GetUtcNow()) == true));
        findings.Add(Agent(terminal, state));
    }

    private static string AdviceFor(string fault, string file) =>
        fault.StartsWith(SettingTable.VariablePrefix, StringComparison.OrdinalIgnoreCase)
            ? "change the environment: of this console, and of the service"
        : fault.StartsWith(SecretsFile.NameFor(file), StringComparison.Ordinal) ? $"change {SecretsFile.NameFor(file)}; it counts at once"
        : File.Exists(file) ? $"change {file}; it counts at once"
        : "'edge-agent install' makes it";

    private static async Task AskServerAsync(AgentTerminal terminal, AgentSettings settings, List<Finding> findings, CancellationToken stop)
    {
        const string About = "server";
        using ServerClient server = new(() => settings);
        try
        {
            long began = terminal.Time.GetTimestamp();
            ServerAnswer answer = await server.GetAsync(NoticePoll.Path, null, stop).ConfigureAwait(false);
            double took = terminal.Time.GetElapsedTime(began).TotalMilliseconds;
            findings.Add(answer.Status >= 500
                ? new Finding(About, FindingState.Bad, $"{settings.Server} answers HTTP {answer.Status}", "look at the server's own log")
                : new Finding(
                    About, FindingState.Good, string.Create(CultureInfo.InvariantCulture, $"{settings.Server} answers in {took:0} ms")));
            findings.Add(Token(settings, answer));
            findings.Add(Clock(terminal, answer.Date));
        }
        catch (LinkException fault)
        {
            findings.Add(new Finding(
                About, FindingState.Bad, fault.Message,
                "is the address in 'server' right, is there a network, does a firewall or a proxy stand between?"));
        }
    }

    private static Finding Token(AgentSettings settings, ServerAnswer answer)
    {
        const string About = "token";
        return answer.Status switch
        {
            200 or 204 => new Finding(About, FindingState.Good, $"the server takes it for {settings.Gateway}"),
            401 => new Finding(
                About, FindingState.Bad, "the server does not take it",
                "make a new one at the server (page of the gateway, or POST /api/gateways/ID/key), then 'edge-agent install --token-file FILE'"),
            403 => new Finding(
                About, FindingState.Bad,
                $"the server knows it, and does not take it for {settings.Gateway} ({answer.Error() ?? "HTTP 403"})",
                $"is it the token of {settings.Gateway}, and is that registered with the kind gateway, and not switched off or retired?"),
            404 => new Finding(
                About, FindingState.Doubt, "the server has no notices for single gateways",
                "it is an old one: what is published for all comes all the same; else look whether 'server' is right"),
            _ => new Finding(About, FindingState.Doubt, answer.ToException("the question").Message),
        };
    }

    private static Finding Clock(AgentTerminal terminal, DateTimeOffset? server)
    {
        const string About = "clock";
        if (server is not { } time)
        {
            return new Finding(About, FindingState.Doubt, "the server does not say its time");
        }

        TimeSpan off = (terminal.Time.GetUtcNow() - time).Duration();
        string text = string.Create(CultureInfo.InvariantCulture, $"this computer and the server differ by {off.TotalSeconds:0} s");
        return off <= s_clockTolerance
            ? new Finding(About, FindingState.Good, text)
            : new Finding(
                About, FindingState.Bad, text,
                OperatingSystem.IsLinux()
                    ? "switch time synchronisation on: sudo timedatectl set-ntp true"
                    : "switch time synchronisation on");
    }

    /// <summary>As the agent would, with a name of its own, so that the running one is not thrown out.</summary>
    private static async Task<Finding> AskBrokerAsync(AgentSettings settings, CancellationToken stop)
    {
        const string About = "mqtt";
        if (settings.MqttBroker is null)
        {
            return new Finding(
                About, FindingState.Note,
                string.Create(CultureInfo.InvariantCulture,
                    $"no broker is configured: the server is asked every {settings.PollSeconds} s"));
        }

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(s_patience);
        string fault = "it does not answer";
        foreach (MqttProtocolVersion version in (MqttProtocolVersion[])[MqttProtocolVersion.V500, MqttProtocolVersion.V311])
        {
            try
            {
                using IMqttClient client = new MqttClientFactory().CreateMqttClient();
                MqttClientOptions options = BrokerLink.Options(settings, version);
                options.ClientId = "edge-" + settings.Gateway + "-doctor";
                options.CleanSession = true;
                options.SessionExpiryInterval = 0;
                MqttClientConnectResult result = await client.ConnectAsync(options, limit.Token).ConfigureAwait(false);
                if (result.ResultCode != MqttClientConnectResultCode.Success)
                {
                    return new Finding(
                        About, FindingState.Bad, $"the broker refuses: {result.ResultCode}",
                        "user name is the gateway's id, password its token: does the broker ask the server, or know them itself?");
                }

                return await SubscribeAsync(client, settings, limit.Token).ConfigureAwait(false);
            }
            catch (Exception broken) when (broken is not OutOfMemoryException && !stop.IsCancellationRequested)
            {
                Exception inmost = broken;
                while (inmost.InnerException is { } inner)
                {
                    inmost = inner;
                }

                fault = inmost is OperationCanceledException ? "it does not answer" : inmost.Message.TrimEnd('.');
            }
        }

        return new Finding(
            About, FindingState.Bad, $"{settings.MqttBroker.Authority}: {fault}",
            "are address and port in 'mqtt.broker' right, does a firewall stand between, is the certificate one that this computer trusts ('mqtt.root')?");
    }

    private static async Task<Finding> SubscribeAsync(IMqttClient client, AgentSettings settings, CancellationToken stop)
    {
        (string all, string own, string config, _) = BrokerLink.Topics(settings);
        MqttClientSubscribeOptionsBuilder builder = new();
        foreach (string topic in (string[])[all, own, config])
        {
            builder = builder.WithTopicFilter(
                topic, MqttQualityOfServiceLevel.AtLeastOnce, false, false, MqttRetainHandling.DoNotSendOnSubscribe);
        }

        MqttClientSubscribeResult result = await client.SubscribeAsync(builder.Build(), stop).ConfigureAwait(false);
        string[] refused =
        [
            .. result.Items.Where(static item => item.ResultCode > MqttClientSubscribeResultCode.GrantedQoS2)
                .Select(static item => item.TopicFilter.Topic),
        ];
        await client.DisconnectAsync(new MqttClientDisconnectOptions(), stop).ConfigureAwait(false);
        return refused.Length == 0
            ? new Finding("mqtt", FindingState.Good, $"{settings.MqttBroker!.Authority} takes the token, and lets the notices be heard")
            : new Finding(
                "mqtt", FindingState.Bad, $"the broker does not let {string.Join(", ", refused)} be heard",
                "let its rules allow what docs/mqtt.md lists; is 'mqtt.topic' the server's Deployments:Topic?");
    }

    private static Finding Keys(AgentSettings settings)
    {
        const string About = "keys";
        return settings switch
        {
            { AllowUnsigned: true } => new Finding(
                About, FindingState.Doubt,
                    "packages that nobody has signed are applied: whoever can upload runs what he likes here as root",
                "say allowUnsigned: false, and name the release key in trustedKeys"),
            { TrustedKeys.Count: 0 } => new Finding(
                About, FindingState.Bad, "no key is trusted: no package will be applied",
                "put the release key into trustedKeys; 'jambox release public-key' shows it"),
            _ => new Finding(
                About, FindingState.Good,
                "packages are applied that are signed by "
                + string.Join(", ", settings.TrustedKeys.Select(static key => Ota.Signing.PublicKey.Parse(key).Fingerprint))),
        };
    }

    private static Finding Disk(AgentSettings settings)
    {
        const string About = "disk";
        try
        {
            // Of what is there already: the agent makes its folder when it starts.
            string folder = settings.Folder;
            while (!Path.Exists(folder) && Path.GetDirectoryName(folder) is { } above)
            {
                folder = above;
            }

            if (File.Exists(folder))
            {
                return new Finding(About, FindingState.Bad, $"{folder} is a file", "say another 'folder', or remove that file");
            }

            long free = new DriveInfo(folder).AvailableFreeSpace;
            string text = string.Create(CultureInfo.InvariantCulture, $"{free / Mega:N0} MB are free for {settings.Folder}");
            return free < LeastBytes
                ? new Finding(About, FindingState.Bad, text, "make room: a package needs its size twice, and 64 MB are left alone")
                : free < ComfortBytes
                ? new Finding(About, FindingState.Note, text, "enough for small packages: one needs its size twice")
                : new Finding(About, FindingState.Good, text);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new Finding(About, FindingState.Bad, $"{settings.Folder}: {fault.Message.TrimEnd('.')}", "is 'folder' right?");
        }
    }

    private static Finding Service(AgentTerminal terminal, bool isRunning)
    {
        const string About = "service";
        Finding found = InstalledService(terminal);

        // Who runs it by hand, or by something else, knows that.
        return found.State == FindingState.Bad && isRunning
            ? new Finding(About, FindingState.Note, $"{found.Found}; and yet an agent runs: something else has started it")
            : found;
    }

    private static Finding InstalledService(AgentTerminal terminal)
    {
        const string About = "service";
        if (OperatingSystem.IsWindows())
        {
            return terminal.RunTool("sc.exe", WindowsService.Query) is { ExitCode: 0 } known
                ? known.Output.Contains("RUNNING", StringComparison.Ordinal)
                    ? new Finding(About, FindingState.Good, $"{WindowsService.Name} runs")
                    : new Finding(About, FindingState.Bad, $"{WindowsService.Name} does not run", $"sc.exe start {WindowsService.Name}")
                : new Finding(About, FindingState.Bad, "is not installed", "'edge-agent install' makes it");
        }

        if (terminal.RunTool("systemctl", ["is-enabled", SystemdUnit.Name]) is not { } enabled)
        {
            return new Finding(About, FindingState.Doubt, "there is no systemd here",
                "see that something starts 'edge-agent run' with the machine");
        }

        if (enabled.ExitCode != 0)
        {
            return new Finding(About, FindingState.Bad, $"{SystemdUnit.Name} does not start with the machine", "sudo edge-agent install");
        }

        ToolResult? active = terminal.RunTool("systemctl", ["is-active", SystemdUnit.Name]);
        return active is { ExitCode: 0 }
            ? new Finding(About, FindingState.Good, $"{SystemdUnit.Name} runs, and starts with the machine")
            : new Finding(
                About, FindingState.Bad, $"{SystemdUnit.Name} is {active?.Output ?? "unknown"}",
                $"'journalctl -u {SystemdUnit.Name} -n 50' says why");
    }

    private static Finding Agent(AgentTerminal terminal, LinkState? state)
    {
        const string About = "agent";
        DateTimeOffset now = terminal.Time.GetUtcNow();
        if (state is null)
        {
            return new Finding(About, FindingState.Note, "has not run here yet, or this user may not look into its folder");
        }

        if (!state.IsRunning(now))
        {
            return new Finding(About, FindingState.Bad, $"was last there {LinkState.Ago(now - state.WrittenAt)}", "look at the service");
        }

        if (state.ConfigFault is { } fault)
        {
            return new Finding(About, FindingState.Bad, $"goes by the configuration before this one: {fault}",
                "put it right; it counts at once");
        }

        string answered = state.ServerAnsweredAt is { } at ? $"the server answered {LinkState.Ago(now - at)}"
            : "the server has not answered yet";
        answered += state.ServerFault is { } why ? $"; {why}" : string.Empty;
        return new Finding(
            About, state.ServerAnsweredAt is null || state.ServerFault is not null ? FindingState.Doubt : FindingState.Good,
            $"{state.Version} runs since {LinkState.Ago(now - state.StartedAt)}; {answered}; {state.WaitingReports} reports wait");
    }
}
