using System.Globalization;
using System.Text;

namespace JamBox.Edge.Service;

/// <summary>The text of the agent's systemd unit.</summary>
internal sealed record SystemdUnit
{
    /// <summary>The unit's name.</summary>
    public const string Name = "jambox-edge.service";

    /// <summary>How long the agent may take to stop: a script's minute, and then some.</summary>
    public const int StopSeconds = 90;

    /// <summary>Where the program lies.</summary>
    public required string Program { get; init; }

    /// <summary>The configuration.</summary>
    public required string Config { get; init; }

    /// <summary>The agent's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>
    /// Where packages' scripts write besides the agent's folder. When something is said, all the rest of the system is read-only for them;
    /// when nothing is, they may do what root may, for a package may be anything.
    /// </summary>
    public IReadOnlyList<string> Writes { get; init; } = [];

    /// <summary>Writes it.</summary>
    public string Write()
    {
        StringBuilder text = new();
        string program = Quoted(Program);
        text.Append(CultureInfo.InvariantCulture, $"""
            # Written by "edge-agent install"; what is changed by hand belongs into a drop-in: systemctl edit {Name}
            [Unit]
            Description=JamBox agent: deployments to this gateway and the modules behind it
            Wants=network-online.target
            After=network-online.target time-sync.target
            # Never given up: nobody comes by to start it again.
            StartLimitIntervalSec=0

            [Service]
            Type=notify
            # By the agent before this one, so that a new one that cannot even start is put back too; at first there is none.
            ExecStartPre=-{Quoted(Program + ".previous")} guard --config {Quoted(Config)}
            ExecStart={program} run --config {Quoted(Config)}
            # 75: a newer agent has taken this one's place.
            SuccessExitStatus=75
            RestartForceExitStatus=75
            Restart=always
            RestartSec=5
            RestartSteps=6
            RestartMaxDelaySec=60
            WatchdogSec=300
            TimeoutStartSec=120
            # The agent ends its script itself, and in order; what is left then is killed.
            KillMode=mixed
            KillSignal=SIGTERM
            TimeoutStopSec={StopSeconds}
            OOMPolicy=continue
            LimitNOFILE=8192
            UMask=0022
            ProtectClock=yes
            ProtectKernelTunables=yes
            ProtectKernelModules=yes
            ProtectKernelLogs=yes
            ProtectHostname=yes
            RestrictRealtime=yes
            LockPersonality=yes
            RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK AF_CAN AF_PACKET
            SystemCallArchitectures=native

            """);
        if (Writes.Count > 0)
        {
            string[] folders = [Folder, Path.GetDirectoryName(Program)!, .. Writes];
            text.Append(
                "# Scripts of packages write here and nowhere else.\nNoNewPrivileges=yes\nProtectSystem=strict\nProtectHome=read-only\nPrivateTmp=yes\n");
            // "-": one that is gone must not keep the agent from starting.
            foreach (string folder in folders)
            {
                text.Append(CultureInfo.InvariantCulture, $"ReadWritePaths=-{Quoted(folder)}\n");
            }
        }

        text.Append("\n[Install]\nWantedBy=multi-user.target\n");
        return text.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>What is wrong with a path for a unit; <c>null</c> = nothing.</summary>
    public static string? FindFault(string path) =>
        path.Length > 0 && path[0] == '/' && !path.Any(static letter => char.IsControl(letter) || letter is '"' or '\\')
            ? null
            : "must be a full path without quotation marks and backslashes";

    /// <summary>In quotation marks, because of blanks; <c>%</c> and <c>$</c> would stand for something.</summary>
    private static string Quoted(string path) =>
        "\"" + path.Replace("%", "%%", StringComparison.Ordinal).Replace("$", "$$", StringComparison.Ordinal) + "\"";
}
