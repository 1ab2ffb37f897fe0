using JamBox.Ports;
using JamBox.Text;

namespace JamBox.Modem;

/// <content>How scripts are run, step by step.</content>
public abstract partial class AtModem
{
    private bool RunAll(AtScript script, byte[] apn, byte[] bands)
    {
        ForgetModem();
        bool isDone = RunSteps(script, apn, bands);
        _isStarting = false;
        return isDone;
    }

    /// <summary>Runs the only step of a script, and no other is under way.</summary>
    private AtResult RunOnly(AtScript script)
    {
        TryGetStep(script, 0, _step);
        _chat.Request(_step.Request);
        return _chat.Run(_step.Responses, _step.TimeoutMs);
    }

    private bool RunSteps(AtScript script, byte[] apn, byte[] bands)
    {
        FailedStep = -1;
        LastError = ModemError.None;
        LastCode = -1;
        int restarts = Counters.Restarts;
        AtStep step = _step;
        for (int i = 0; TryGetStep(script, i, step); i++)
        {
            bool isDone = RunStep(step, apn, bands);
            if (Counters.Restarts != restarts)
            {
                FailedStep = i;
                return Fail(ModemError.Restarted, -1);
            }

            if (!isDone && !step.IsOptional)
            {
                FailedStep = i;
                bool isDenied = step.Kind == AtStepKind.Register && _registration == RegistrationDenied;
                return Fail(isDenied ? ModemError.RegistrationDenied : step.Failure, _chat.Value(0));
            }
        }

        return true;
    }

    private bool RunStep(AtStep step, byte[] apn, byte[] bands)
    {
        if (step.PauseBeforeMs > 0)
        {
            _chat.Pause(step.PauseBeforeMs);
        }

        switch (step.Kind)
        {
            case AtStepKind.Synchronize:
                return Synchronize(step.Tries, step.TimeoutMs);
            case AtStepKind.KeepAwake:
                RunTries(step, apn, bands);
                KeepAwake();
                return true;
            case AtStepKind.Restart:
                return RunRestart(step);
            case AtStepKind.Register:
                return RunRegister(step);
            case AtStepKind.CloseLostNetwork:
                return RunCloseLostNetwork(step);
            case AtStepKind.Address:
                _isNetworkOpen = RunAddress(step);
                return _isNetworkOpen;
            case AtStepKind.Buffered:
                _link.IsBuffered = RunTries(step, apn, bands);
                return _link.IsBuffered;
            default:
                return RunTries(step, apn, bands);
        }
    }

    private bool RunTries(AtStep step, byte[] apn, byte[] bands)
    {
        for (int i = 0; i < step.Tries; i++)
        {
            if (i > 0)
            {
                _chat.Pause(step.RetryPauseMs);
                if (!IsAwake())
                {
                    return false;
                }
            }

            WriteRequest(step, apn, bands);
            AtResult result = _chat.Run(step.Responses, step.TimeoutMs);
            if (result == AtResult.Ok)
            {
                return true;
            }

            if (result == AtResult.Aborted)
            {
                return false;
            }
        }

        return false;
    }

    private void WriteRequest(AtStep step, byte[] apn, byte[] bands)
    {
        ByteWriter request = _chat.Request(step.Request);
        if (step.Argument == AtArgument.Apn)
        {
            request.Bytes(apn);
            request.Byte((byte)'"');
        }
        else if (step.Argument == AtArgument.Bands)
        {
            request.Bytes(bands);
        }
    }

    /// <summary>Asks for a sign of life until it comes: a modem that sleeps wakes from it, one that waits for payload is fed.</summary>
    private bool Synchronize(int tries, int timeoutMs)
    {
        _answers = Answers(tries, timeoutMs);
        if (!_answers)
        {
            _chat.FeedOwed(MaxOwedBytes);
            _answers = Answers(SignsAfterFeed, timeoutMs);
        }

        return _answers;
    }

    private bool Answers(int tries, int timeoutMs)
    {
        for (int i = 0; i < tries; i++)
        {
            if (_chat.RunAttention(timeoutMs) == AtResult.Ok)
            {
                if (i > 0)
                {
                    Settle();
                }

                return true;
            }
        }

        return false;
    }

    /// <summary>Lets the answers to the earlier signs come in.</summary>
    private void Settle()
    {
        long end = _clock.UptimeMs + WokenWaitMs;
        do
        {
            _chat.Pause(WokenQuietMs);
        }
        while (_chat.QuietMs < WokenQuietMs && _clock.UptimeMs < end);
    }

    private bool RunRestart(AtStep step)
    {
        Counters.OrderedRestarts++;
        ForgetModem();
        _chat.Request(step.Request);
        AtResult result = _chat.Run(step.Responses, step.TimeoutMs);
        _isNetworkLost = false;

        // Its OK comes last, when it has found the network again, and some firmware forgets it.
        return result == AtResult.Ok || (result == AtResult.Timeout && _hasBooted);
    }

    private bool RunRegister(AtStep step)
    {
        long end = _clock.UptimeMs + step.TotalMs;
        if (end > _registerEndMs)
        {
            end = _registerEndMs;
        }

        int silent = 0;
        int restarts = Counters.Restarts;
        do
        {
            if (!IsAwake())
            {
                return false;
            }

            _chat.Request(step.Request);
            AtResult result = _chat.Run(step.Responses, step.TimeoutMs);
            silent = result == AtResult.Timeout ? silent + 1 : 0;
            bool isDenied = step.StopsWhenDenied && _registration == RegistrationDenied;
            bool isOver = isDenied || silent == MaxSilentPolls || Counters.Restarts != restarts || _clock.UptimeMs >= end;
            if (isOver && !IsRegistered)
            {
                return false;
            }

            // The report ends the wait as soon as it comes.
            long next = _clock.UptimeMs + step.RetryPauseMs;
            while (!IsRegistered && _clock.UptimeMs < next && !_chat.IsOperationOver)
            {
                _chat.Pause(1);
            }
        }
        while (!IsRegistered);
        return true;
    }

    private bool RunCloseLostNetwork(AtStep step)
    {
        if (!_isNetworkLost)
        {
            return true;
        }

        _chat.Request(step.Request);
        AtResult result = _chat.Run(step.Responses, step.TimeoutMs);
        _isNetworkLost = false;
        return result == AtResult.Ok;
    }

    /// <summary>Asks for the modem's address; its answer has the first number of it behind the pattern. 0.0.0.0 is none.</summary>
    /// <param name="step">The command and its responses.</param>
    /// <returns><c>false</c> when there is none, or no answer.</returns>
    protected virtual bool AskAddress(AtStep step)
    {
        _chat.Request(step.Request);
        return _chat.Run(step.Responses, step.TimeoutMs) == AtResult.Ok && _chat.Value(0) > 0;
    }

    private bool RunAddress(AtStep step)
    {
        for (int i = 0; i < step.Tries; i++)
        {
            if (i > 0)
            {
                _chat.Pause(step.RetryPauseMs);
                if (!IsAwake())
                {
                    return false;
                }
            }

            if (AskAddress(step))
            {
                return true;
            }
        }

        return false;
    }
}
