using System.Net.Sockets;
using System.Text;

namespace JamBox.Edge.ArduinoOta;

/// <summary>
/// The first part of a push, over UDP: the module is invited until it answers, proves that we know the password when it asks, and connects.
/// </summary>
/// <remarks>
/// Datagrams get lost, so each step can be the last one heard: a module whose question was lost takes the next invitation for a wrong
/// answer and is silent, then takes the one after it; one whose <c>OK</c> was lost simply connects, which counts as its answer.
/// </remarks>
internal sealed class OtaInvitation : IDisposable
{
    private const int Authenticate = 200;
    private const int MaxAnswers = 100;

    // A module that starts again answers with "port unreachable", or its network says that nobody is there: neither takes as long as
    // silence, and it may be back any moment.
    private static readonly TimeSpan s_refusedPause = TimeSpan.FromSeconds(1);

    private readonly OtaTarget _target;
    private readonly OtaOptions _options;
    private readonly OtaPassword _password;
    private readonly TimeProvider _time;
    private readonly Socket _udp;
    private readonly byte[] _buffer = new byte[OtaAnswer.MaxBytes];
    private readonly byte[] _invitation;
    private readonly Task<Socket> _accept;
    private readonly CancellationToken _cancel;
    private readonly string _own;
    private Task<int>? _receive;
    private OtaScheme _scheme;
    private int _form;
    private bool _isTaken;
    private bool _hasProved;
    private int _proofs;

    /// <summary>Makes it.</summary>
    /// <param name="udp">Connected to the module.</param>
    /// <param name="listener">Where the module is to connect.</param>
    /// <param name="target">The module.</param>
    /// <param name="message">The invitation.</param>
    /// <param name="password">What we know.</param>
    /// <param name="options">The settings.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Ends it.</param>
    public OtaInvitation(
        Socket udp,
        OtaListener listener,
        OtaTarget target,
        string message,
        OtaPassword password,
        OtaOptions options,
        TimeProvider time,
        CancellationToken cancel)
    {
        _udp = udp;
        _target = target;
        _invitation = Encoding.ASCII.GetBytes(message);
        _password = password;
        _options = options;
        _time = time;
        _cancel = cancel;
        _own = listener.EndPoint.ToString();
        _accept = listener.AcceptAsync(cancel);
    }

    private enum Step
    {
        Inviting,
        Proving,
        Agreed,
    }

    private enum Heard
    {
        Nothing,
        Connection,
        Answer,
        Refusal,
    }

    /// <summary>Invites until the module connects.</summary>
    /// <returns>The module's connection; the caller's.</returns>
    /// <exception cref="OtaException">It does not answer, does not let us in, or does not connect.</exception>
    public async Task<Socket> RunAsync()
    {
        long begun = _time.GetTimestamp();
        TimeSpan limit = TimeSpan.FromSeconds(_options.Invitations * _options.InvitationSeconds);
        Step step = Step.Inviting;
        bool mustSend = true;
        int answers = 0;
        while (true)
        {
            _proofs = mustSend ? 0 : _proofs;
            if (mustSend && !await TrySendAsync(_invitation).ConfigureAwait(false))
            {
                await PauseAsync(begun, limit).ConfigureAwait(false);
                continue;
            }

            mustSend = false;
            Heard heard = await HearAsync(Patience(step)).ConfigureAwait(false);
            if (heard == Heard.Connection)
            {
                Socket connection = await _accept.ConfigureAwait(false);
                _isTaken = true;
                return connection;
            }

            if (heard != Heard.Answer)
            {
                if (step == Step.Agreed && heard == Heard.Nothing)
                {
                    throw NotConnected();
                }

                if (heard == Heard.Refusal)
                {
                    await PauseAsync(begun, limit).ConfigureAwait(false);
                }
                else if (_time.GetElapsedTime(begun) >= limit)
                {
                    throw NoAnswer(limit);
                }

                step = Step.Inviting;
                mustSend = true;
                continue;
            }

            if (++answers > MaxAnswers)
            {
                throw new OtaException(OtaFault.BadAnswer, $"{_target.Name} answered {MaxAnswers} times without connecting.");
            }

            (step, mustSend) = await AnswerAsync(await TakeAnswerAsync().ConfigureAwait(false), step).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nobody waits on them any more: what they end with concerns nobody, and a module that connects now is too late.
        Forget(_receive);
        if (!_isTaken)
        {
            _accept.ContinueWith(
                static ended =>
                {
                    if (ended.IsCompletedSuccessfully)
                    {
                        ended.Result.Dispose();
                    }
                    else
                    {
                        _ = ended.Exception;
                    }
                },
                TaskScheduler.Default);
        }
    }

    private static void Forget(Task? task) =>
        task?.ContinueWith(static ended => _ = ended.Exception, TaskScheduler.Default);

    private TimeSpan Patience(Step step) => TimeSpan.FromSeconds(step switch
    {
        Step.Inviting => _options.InvitationSeconds,
        Step.Proving => _options.AuthenticationSeconds,
        _ => _options.ConnectSeconds,
    });

    /// <returns>What to do next: the step, and whether the invitation is to be sent anew.</returns>
    private async Task<(Step Step, bool MustSend)> AnswerAsync(OtaAnswer answer, Step step)
    {
        switch (answer.Kind)
        {
            case OtaAnswerKind.Ok:
                return (Step.Agreed, false);
            case OtaAnswerKind.Challenge:
                await ProveAsync(answer).ConfigureAwait(false);
                return (Step.Proving, false);
            default:
                if (step == Step.Agreed)
                {
                    // It has agreed: what comes besides is an answer to something older.
                    return (step, false);
                }

                if (step != Step.Proving && !_hasProved)
                {
                    throw new OtaException(
                        OtaFault.BadAnswer,
                        $"{_target.Name} answered the invitation with \"{answer.Text}\", which ArduinoOTA does not know.");
                }

                if (_proofs > 1)
                {
                    // It was busy, and has answered several invitations: of their challenges only the last one counts for it, and which of
                    // our proofs it refuses nobody knows.
                    return (Step.Inviting, true);
                }

                // It refuses our proof, now or late. After a wrong answer the module waits for an invitation again; the other form of the
                // password may be the one it keeps.
                return ++_form < _password.FormsFor(_scheme).Count ? (Step.Inviting, true) : throw WrongPassword();
        }
    }

    private async Task ProveAsync(OtaAnswer challenge)
    {
        if (!_password.IsKnown)
        {
            throw new OtaException(
                OtaFault.PasswordNeeded, $"{_target.Name} asks for a password: set modules.otaPassword in the agent's secrets.");
        }

        IReadOnlyList<string> forms = _password.FormsFor(challenge.Scheme);
        if (forms.Count == 0)
        {
            throw new OtaException(
                OtaFault.PasswordNeeded,
                $"{_target.Name} uses the older scheme, for which the SHA-256 of the password is not enough: "
                + "set modules.otaPassword to the password, or to md5: and its MD5.");
        }

        if (_form >= forms.Count)
        {
            throw WrongPassword();
        }

        _scheme = challenge.Scheme;
        _hasProved = true;
        _proofs++;
        string nonce = OtaAuthentication.NewNonce(challenge.Scheme);
        string response = OtaAuthentication.Respond(challenge.Scheme, forms[_form], challenge.Text, nonce);

        // If it cannot be sent the wait for its answer ends, and the module is invited again.
        _ = await TrySendAsync(Encoding.ASCII.GetBytes($"{Authenticate} {nonce} {response}\n")).ConfigureAwait(false);
    }

    private async Task<bool> TrySendAsync(ReadOnlyMemory<byte> datagram)
    {
        try
        {
            await _udp.SendAsync(datagram, SocketFlags.None, _cancel).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            // An unreachable host or network, or a port that refused an earlier datagram: all of them may pass.
            return false;
        }
    }

    private async Task<Heard> HearAsync(TimeSpan patience)
    {
        _receive ??= _udp.ReceiveAsync(_buffer.AsMemory(), SocketFlags.None, _cancel).AsTask();
        try
        {
            Task first = await Task.WhenAny(_accept, _receive).WaitAsync(patience, _time, _cancel).ConfigureAwait(false);
            if (first == _accept)
            {
                return Heard.Connection;
            }
        }
        catch (TimeoutException)
        {
            return Heard.Nothing;
        }

        if (_receive.IsFaulted)
        {
            Forget(_receive);
            _receive = null;
            return Heard.Refusal;
        }

        return Heard.Answer;
    }

    private async Task<OtaAnswer> TakeAnswerAsync()
    {
        int length = await _receive!.ConfigureAwait(false);
        _receive = null;
        return OtaAnswer.Parse(_buffer.AsSpan(0, length));
    }

    private async Task PauseAsync(long begun, TimeSpan limit)
    {
        if (_time.GetElapsedTime(begun) >= limit)
        {
            throw NoAnswer(limit);
        }

        await Task.Delay(s_refusedPause, _time, _cancel).ConfigureAwait(false);
    }

    private OtaException NoAnswer(TimeSpan limit) => new(
        OtaFault.NoAnswer,
        $"{_target.Name} at {_target.Address} did not answer on UDP {(_target.Port == 0 ? _options.Port : _target.Port)} for "
        + $"{limit.TotalSeconds:0} s: is it on, in this network, and in its update mode?");

    private OtaException WrongPassword() => new(
        OtaFault.WrongPassword, $"{_target.Name} does not take the password: check modules.otaPassword in the agent's secrets.");

    private OtaException NotConnected() => new(
        OtaFault.NoConnection,
        $"{_target.Name} agreed and did not connect to {_own} within {_options.ConnectSeconds} s: the gateway's firewall must let in "
        + $"modules.ports ({_options.Ports}), or the image is too large for the module.");
}
