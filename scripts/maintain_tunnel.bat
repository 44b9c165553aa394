@echo off
rem Keeps a reverse SSH tunnel up: machine B's REMOTE_PORT leads to this machine's LOCAL_PORT. Where a runner is up, it is the runner's own
rem supervised tunnel; otherwise ssh runs here and is restarted whenever it ends. maintain_tunnel.bat --help lists the settings.
setlocal EnableExtensions DisableDelayedExpansion
rem "shift" also moves %%0, the name of this file.
set "HERE=%~dp0"
set "USE_RUNNER=yes"
set "MODE=keep"

:parse
if "%~1"=="" goto parsed
if "%~1"=="-h" goto usage
if "%~1"=="/?" goto usage
if "%~1"=="--help" goto usage
set "OPTION=%~1"
if "%OPTION%"=="--check" (
  set "MODE=check"
  shift
  goto parse
)
if "%OPTION%"=="--once" (
  set "MODE=once"
  shift
  goto parse
)
if "%OPTION%"=="--no-runner" (
  set "USE_RUNNER=no"
  shift
  goto parse
)
if "%OPTION%"=="--compression" (
  set "COMPRESSION=yes"
  shift
  goto parse
)
if not "%OPTION:~0,1%"=="-" (
  set "REMOTE_HOST=%~1"
  shift
  goto parse
)
for %%O in (remote-host remote-user remote-port local-port local-host bind-address ssh-port identity-file jump-host name) do if "%OPTION%"=="--%%O" goto store
echo maintain_tunnel.bat: there is no option %OPTION%. See --help. 1>&2
exit /b 2

:store
if "%~2"=="" (
  echo maintain_tunnel.bat: %OPTION% needs a value. See --help. 1>&2
  exit /b 2
)
set "NAME=%OPTION:~2%"
set "NAME=%NAME:-=_%"
if "%NAME%"=="name" set "NAME=TUNNEL_NAME"
set "%NAME%=%~2"
shift
shift
goto parse

:parsed
if not defined REMOTE_HOST (
  echo maintain_tunnel.bat: give the other machine: maintain_tunnel.bat machine-b.example. See --help. 1>&2
  exit /b 2
)
if "%USE_RUNNER%"=="no" goto alone
set "NODE=%HERE%..\node_modules\node\bin\node.exe"
if not exist "%NODE%" goto alone
if not exist "%HERE%keep-tunnel.ts" goto alone
"%NODE%" "%HERE%keep-tunnel.ts" --%MODE%
if not errorlevel 3 exit /b %errorlevel%
if errorlevel 4 exit /b %errorlevel%

:alone
if "%MODE%"=="once" (
  echo maintain_tunnel.bat: --once needs a runner: without one nothing would keep up the tunnel. 1>&2
  exit /b 2
)
echo Without the runner: ssh runs in this window until Ctrl-C. 1>&2
where ssh >nul 2>nul
if errorlevel 1 (
  echo maintain_tunnel.bat: ssh was not found. Settings, Optional features: add the OpenSSH client. 1>&2
  exit /b 2
)
if not defined REMOTE_PORT set "REMOTE_PORT=8080"
if not defined LOCAL_PORT set "LOCAL_PORT=8080"
if not defined LOCAL_HOST set "LOCAL_HOST=127.0.0.1"
if not defined BIND_ADDRESS set "BIND_ADDRESS=127.0.0.1"
if not defined SSH_PORT set "SSH_PORT=22"
if not defined MAX_DELAY set "MAX_DELAY=30"
set "TARGET=%REMOTE_HOST%"
if defined REMOTE_USER set "TARGET=%REMOTE_USER%@%REMOTE_HOST%"
rem Its own known hosts: a host's first key is stored, a different one later is refused.
set "KNOWN=%LOCALAPPDATA%\llm-server-manager"
if not exist "%KNOWN%" mkdir "%KNOWN%"
set OPTIONS=-T -o BatchMode=yes -o ExitOnForwardFailure=yes -o ServerAliveInterval=15 -o ServerAliveCountMax=3 -o ConnectTimeout=15
set OPTIONS=%OPTIONS% -o StrictHostKeyChecking=accept-new -o "UserKnownHostsFile=\"%KNOWN:\=/%/tunnel_known_hosts\"" -p %SSH_PORT%
set OPTIONS=%OPTIONS% -R %BIND_ADDRESS%:%REMOTE_PORT%:%LOCAL_HOST%:%LOCAL_PORT%
if defined IDENTITY_FILE set OPTIONS=%OPTIONS% -i "%IDENTITY_FILE%" -o IdentitiesOnly=yes
if defined JUMP_HOST set OPTIONS=%OPTIONS% -J %JUMP_HOST%
if "%COMPRESSION%"=="yes" set OPTIONS=%OPTIONS% -C
if "%MODE%"=="check" goto check
set "DELAY=1"

:again
echo %DATE% %TIME% Connecting: port %REMOTE_PORT% of %TARGET% to port %LOCAL_HOST%:%LOCAL_PORT% here. 1>&2
ssh -N %OPTIONS% -- %TARGET% <nul
set "CODE=%errorlevel%"
rem Exit code 0 is an end as well. Jitter of up to two seconds: many tunnels must not reconnect at the same moment.
set /a PAUSE=DELAY + %RANDOM% %% 3
echo %DATE% %TIME% ssh ended with %CODE%. Next try in %PAUSE% s. 1>&2
set /a DELAY=DELAY * 2
if %DELAY% gtr %MAX_DELAY% set "DELAY=%MAX_DELAY%"
rem "timeout" does not work without a console, as in a service.
set /a PINGS=PAUSE + 1
ping -n %PINGS% 127.0.0.1 >nul
goto again

:check
rem The client of Windows cannot go to the background once the forwarding is up: it stays in the foreground instead.
echo ssh -N %OPTIONS% -- %TARGET% 1>&2
echo ssh tries it once now. If it prints nothing, the tunnel is up: end it with Ctrl-C. Otherwise it prints the reason. 1>&2
ssh -N %OPTIONS% -- %TARGET% <nul
exit /b %errorlevel%

:usage
echo Usage: maintain_tunnel.bat [--remote-host] machine-b.example [options]
echo.
echo Each option is also an environment variable; the option wins.
echo.
echo   --remote-host HOST    REMOTE_HOST     machine B
echo   --remote-user USER    REMOTE_USER     the user there (as ssh's own configuration says)
echo   --remote-port N       REMOTE_PORT     port that opens on B (8080)
echo   --local-port N        LOCAL_PORT      port of the model server here (8080)
echo   --local-host ADDRESS  LOCAL_HOST      127.0.0.1
echo   --bind-address ADDR   BIND_ADDRESS    where B listens (127.0.0.1; others need GatewayPorts in B's sshd)
echo   --ssh-port N          SSH_PORT        22
echo   --identity-file FILE  IDENTITY_FILE   private key (as ssh's own configuration says)
echo   --jump-host HOST      JUMP_HOST       [user@]host[:port] on the way
echo   --name NAME           TUNNEL_NAME     name in the runner (HOST:PORT)
echo   --compression         COMPRESSION=yes
echo   --check               tries once, prints what is wrong, keeps nothing
echo   --once                with a runner: ends when the tunnel is up; the tunnel stays
echo   --no-runner           ssh from here, even where a runner is up
echo                         RUNNER_URL      http://127.0.0.1:3002, or as .env says
echo                         MAX_DELAY       longest wait between two tries, in seconds (30)
exit /b 0
