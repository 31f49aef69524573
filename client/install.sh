#!/bin/sh
# Installs all but the programs. Read it, write the URL of your queue, and run it as root.
set -eu

install -D -m 0644 /dev/stdin /etc/groundskeeper/client.json <<'END'
{
  "queueUrl": "https://sqs.REGION.amazonaws.com/ACCOUNT/groundskeeper-logins"
}
END

install -D -m 0644 /dev/stdin /etc/tmpfiles.d/groundskeeper.conf <<'END'
d /var/spool/groundskeeper 0700 root root -
d /var/spool/groundskeeper/tmp 0700 root root -
END

install -D -m 0644 /dev/stdin /etc/systemd/system/groundskeeper-login.service <<'END'
[Unit]
Description=Sends the logins of this instance
Wants=network-online.target
After=network-online.target
# Each login starts it; that many are no fault.
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=@LOGIN@ drain
TimeoutStartSec=10min
END

install -D -m 0644 /dev/stdin /etc/systemd/system/groundskeeper-login.path <<'END'
[Unit]
Description=Sends a login when it has happened

[Path]
PathChanged=/var/spool/groundskeeper

[Install]
WantedBy=multi-user.target
END

install -D -m 0644 /dev/stdin /etc/systemd/system/groundskeeper-login.timer <<'END'
[Unit]
Description=Sends again what could not be sent

[Timer]
OnActiveSec=1min
OnUnitInactiveSec=1min

[Install]
WantedBy=timers.target
END

install -D -m 0644 /dev/stdin /etc/systemd/system/groundskeeper-hello.service <<'END'
[Unit]
Description=Says once per boot that this instance tells of logins
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=@LOGIN@ hello
TimeoutStartSec=10min

[Install]
WantedBy=multi-user.target
END

# What both services may do. V8 makes code, so that MemoryDenyWriteExecute is not there.
for unit in login hello; do
  install -D -m 0644 /dev/stdin "/etc/systemd/system/groundskeeper-$unit.service.d/limits.conf" <<'END'
[Service]
UMask=0077
CacheDirectory=groundskeeper
CacheDirectoryMode=0700
Environment=DENO_DIR=/var/cache/groundskeeper DENO_NO_UPDATE_CHECK=1
ReadWritePaths=/var/spool/groundskeeper
CapabilityBoundingSet=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
END
done

install -D -m 0644 /dev/stdin /etc/groundskeeper/metadata.nft <<'END'
table inet groundskeeper
delete table inet groundskeeper
table inet groundskeeper {
  chain output {
    type filter hook output priority filter;
    ip daddr 169.254.169.254 meta skuid != root reject
    ip6 daddr fd00:ec2::254 meta skuid != root reject
  }
  chain forward {
    type filter hook forward priority filter;
    ip daddr 169.254.169.254 reject
    ip6 daddr fd00:ec2::254 reject
  }
}
END

# For people: groundskeeper-client doctor
install -D -m 0755 /dev/stdin /usr/local/sbin/groundskeeper-client <<'END'
#!/bin/sh
exec @CLIENT@ "$@"
END

# Before every other session line: pam_env may let people set LD_PRELOAD for those behind it.
for service in sshd login; do
  grep -q groundskeeper-login "/etc/pam.d/$service" || sed -i \
    '0,/^-\?session/s|^-\?session|@PAM@\n&|' "/etc/pam.d/$service"
done

systemd-tmpfiles --create groundskeeper.conf
systemctl daemon-reload
systemctl enable --now groundskeeper-login.path groundskeeper-login.timer groundskeeper-hello.service

# Leaves the metadata service to root. Programs of other users that take the credentials of the
# instance profile from it stop working: allow their users in this file. Include it in your
# nftables.conf, so that it is there after a boot.
nft -f /etc/groundskeeper/metadata.nft
